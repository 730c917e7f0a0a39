"""What an author writes, as frozen models: a problem with its graph, and a grader."""
