"""An exam: questions, papers and tags, and its folder on disk, made once and never drawn again."""
