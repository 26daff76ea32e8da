"""OpenAPI documents: what a service offers, and the tasks that call it."""
