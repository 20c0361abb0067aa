"""Exports of products: which rows, as which columns, in which format, encoded in which process."""
