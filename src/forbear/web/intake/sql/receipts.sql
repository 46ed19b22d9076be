-- Repayments and what was taken back of them, each line by the payment it goes back to: its number, the day it counts
-- from, and the file that brought it. The sum by payment is what is left of it, so that taking one payment back never
-- touches another. A reversal of a reversal gives back; one whose payment is not here counts for itself if it raises
-- the debt. Reversals of purchases, interest and fees are no repayments.
CREATE OR REPLACE VIEW standing_receipts AS
SELECT e.account_id, coalesce(root.entry_no, back.entry_no, e.entry_no) AS payment_no,
       coalesce(root.value_on, back.value_on, e.value_on) AS paid_on, e.booked_on, e.amount_minor,
       coalesce(root.batch_id, back.batch_id, e.batch_id) AS payment_batch_id
FROM standing_entries e
LEFT JOIN standing_entries back
       ON e.kind = 'reversal' AND back.account_id = e.account_id AND back.entry_no = e.reverses_no
LEFT JOIN standing_entries root
       ON back.kind = 'reversal' AND root.account_id = e.account_id AND root.entry_no = back.reverses_no
WHERE coalesce(root.kind, back.kind, CASE WHEN e.kind = 'reversal' AND e.amount_minor < 0 THEN 'payment' ELSE e.kind END)
      IN ('payment', 'recovery');
