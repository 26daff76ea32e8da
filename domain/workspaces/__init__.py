"""Organizations, and workspaces with their members and API keys: the border of access."""
