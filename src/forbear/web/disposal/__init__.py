"""Ways out of the book: write-off, under which the debt is pursued on, and transfer to another creditor."""
