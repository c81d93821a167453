"""The product: one station that looks at trays and diverts the damaged ones."""
