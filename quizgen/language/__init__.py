"""What people write: expressions, templates, tolerances and YAML, read without running any of it."""
