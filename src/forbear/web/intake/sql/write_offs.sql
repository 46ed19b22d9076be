-- Every write-off that was posted, and the day its reversal was booked. What we posted ourselves is a fact of ours: a file of
-- the bank neither takes it back, whatever it reverses, nor does the account's block code say anything of it.

CREATE OR REPLACE VIEW standing_write_offs AS
SELECT e.account_id, e.batch_id, e.entry_no, e.amount_minor, e.value_on, e.booked_on, b.ours, back.booked_on AS undone_on
FROM portfolio_ledgerentry e
JOIN intake_importbatch b ON b.id = e.batch_id AND b.state = 'applied'
LEFT JOIN LATERAL (
  SELECT min(r.booked_on) AS booked_on
  FROM portfolio_ledgerentry r JOIN intake_importbatch rb ON rb.id = r.batch_id AND rb.state = 'applied'
  WHERE r.account_id = e.account_id AND r.kind = 'reversal' AND r.reverses_no = e.entry_no AND rb.ours = b.ours
) back ON true
WHERE e.kind = 'write_off';
