"""Pages of the documents that are written from the project's own data: a page a module, each a pure function."""
