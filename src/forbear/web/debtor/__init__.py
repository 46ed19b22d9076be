"""The debtor's page: a calm letter on a phone. docs/debtor.md says how a page is added."""
