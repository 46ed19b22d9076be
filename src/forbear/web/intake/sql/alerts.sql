-- propose_flag --
INSERT INTO intake_alert (batch_id, kind, account_id, detail, settlement)
SELECT %(batch)s, 'flag_proposed', (SELECT a.id FROM portfolio_account a WHERE a.account_no = %(account_no)s),
       jsonb_build_object('row_no', %(row_no)s::bigint, 'flag', %(flag)s::text, 'word', %(word)s::text,
                          'customer_no', %(customer_no)s::text), '';
