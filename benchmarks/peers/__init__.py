"""What a user would pick instead, doing the same work on the same machine; each tuned as its documents and trials suggest."""
