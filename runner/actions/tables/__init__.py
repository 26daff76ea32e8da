"""Reading and writing tables, for `import_data` and `export_data`: in processes of their own, batch by batch."""
