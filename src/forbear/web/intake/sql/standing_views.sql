-- What counts. A fact counts while its batch stands; where a later standing batch says something else about the
-- same account and day (a corrected delivery), the later one counts. A customer, account or contact point
-- counts while the batch that created it stands, or when no file created it.
-- Batches are numbered under the import lock, so a greater id was applied later.

CREATE OR REPLACE VIEW standing_entries AS
SELECT e.*
FROM portfolio_ledgerentry e
JOIN intake_importbatch b ON b.id = e.batch_id AND b.state = 'applied';

CREATE OR REPLACE VIEW standing_statements AS
SELECT DISTINCT ON (s.account_id, s.statement_on) s.*
FROM portfolio_statement s
JOIN intake_importbatch b ON b.id = s.batch_id AND b.state = 'applied'
ORDER BY s.account_id, s.statement_on, s.batch_id DESC, s.id DESC;

CREATE OR REPLACE VIEW standing_positions AS
SELECT DISTINCT ON (p.account_id, p.data_on) p.*
FROM portfolio_position p
JOIN intake_importbatch b ON b.id = p.batch_id AND b.state = 'applied'
ORDER BY p.account_id, p.data_on, p.batch_id DESC, p.id DESC;

CREATE OR REPLACE VIEW standing_placements AS
SELECT DISTINCT ON (p.placement_no) p.*
FROM portfolio_placement p
JOIN intake_importbatch b ON b.id = p.batch_id AND b.state = 'applied'
ORDER BY p.placement_no, p.batch_id DESC, p.id DESC;

CREATE OR REPLACE VIEW standing_customers AS
SELECT c.*
FROM portfolio_customer c
LEFT JOIN intake_importbatch b ON b.id = c.created_batch_id
WHERE b.id IS NULL OR b.state = 'applied';

CREATE OR REPLACE VIEW standing_accounts AS
SELECT a.*
FROM portfolio_account a
LEFT JOIN intake_importbatch b ON b.id = a.created_batch_id
WHERE b.id IS NULL OR b.state = 'applied';

CREATE OR REPLACE VIEW standing_contact_points AS
SELECT p.*
FROM portfolio_contactpoint p
LEFT JOIN intake_importbatch b ON b.id = p.created_batch_id
WHERE b.id IS NULL OR b.state = 'applied';
