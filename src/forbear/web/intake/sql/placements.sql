-- stage --
CREATE TEMP TABLE stage_placements (
  row_no bigint NOT NULL, placement_no text NOT NULL, batch_no text, agency text NOT NULL, account_no text NOT NULL,
  customer_no text NOT NULL, placed_on date NOT NULL, recall_on date, hand smallint, placed_minor bigint NOT NULL
) ON COMMIT DROP;

-- set_aside --
-- Also refused: an account that is not this customer's; a debt is never handed over under another's name.
INSERT INTO stage_bad (row_no, tbl, rule, key)
SELECT DISTINCT ON (s.row_no) s.row_no, 'placements',
       CASE WHEN a.customer_no IS NULL THEN 'unknown_account' ELSE 'account_of_another' END, s.account_no
FROM stage_placements s
LEFT JOIN LATERAL (
  SELECT t.customer_no FROM stage_accounts t WHERE t.account_no = s.account_no
  UNION ALL
  SELECT c.customer_no FROM standing_accounts t JOIN portfolio_customer c ON c.id = t.customer_id
  WHERE t.account_no = s.account_no
  LIMIT 1
) a ON true
WHERE a.customer_no IS DISTINCT FROM s.customer_no
  AND NOT EXISTS (SELECT 1 FROM stage_bad b WHERE b.row_no = s.row_no)
ORDER BY s.row_no;

-- known --
CREATE TEMP TABLE known_placements ON COMMIT DROP AS
SELECT s.ctid AS place, s.row_no, o.batch_id
FROM stage_placements s
JOIN portfolio_account a ON a.account_no = s.account_no
JOIN standing_placements o ON o.placement_no = s.placement_no AND o.account_id = a.id
WHERE (o.agency, o.placed_on, o.placed_minor, o.batch_no) = (s.agency, s.placed_on, s.placed_minor, coalesce(s.batch_no, ''))
  AND (o.recall_on, o.hand) IS NOT DISTINCT FROM (s.recall_on, s.hand);

-- insert --
INSERT INTO portfolio_placement (placement_no, batch_no, agency, account_id, placed_on, recall_on, hand, placed_minor,
  batch_id, row_no)
SELECT s.placement_no, coalesce(s.batch_no, ''), s.agency, a.id, s.placed_on, s.recall_on, s.hand, s.placed_minor,
       %(batch)s, s.row_no
FROM stage_placements s JOIN portfolio_account a ON a.account_no = s.account_no;

-- written --
SELECT count(*), coalesce(sum(placed_minor), 0) FROM portfolio_placement WHERE batch_id = %(batch)s;
