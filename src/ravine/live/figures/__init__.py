"""The live figures of the course: one module a chapter, one function without arguments a figure."""
