"""Staff: issue, reject and reverse invoices."""
