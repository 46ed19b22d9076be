"""Reception: who calls or comes in, who they are, whom they should speak with. No debt is seen here."""
