"""The product list: a request becomes one page of rows and an exact total."""
