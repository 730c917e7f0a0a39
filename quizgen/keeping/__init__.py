"""The end of an exam's life: one verified file of it, proven later; and students' names forgotten for good."""
