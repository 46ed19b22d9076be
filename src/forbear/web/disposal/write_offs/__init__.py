"""Write-off: prepared with its proofs, approved by others, posted; the debt is owed and pursued as before."""
