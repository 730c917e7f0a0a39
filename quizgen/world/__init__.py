"""The graph with beliefs, evaluated over columns: the truth, what is carried forward, and what a mistake makes."""
