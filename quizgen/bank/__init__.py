"""Folders of text -> problems, graders and blueprints; every defect is told with file, line and remedy."""
