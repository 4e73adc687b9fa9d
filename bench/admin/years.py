"""Years of payments made inside the database: a hundred thousand members, three years of attempts."""

import time

from django.db import connection

MEMBERS = 100_000

# A third of the names is common, as in life: a search for one of them meets many.
ROWS = """
INSERT INTO members_regionalcouncil (number, roman, name)
    SELECT n, n::text, 'Sede ' || n FROM generate_series(1, 27) AS n ON CONFLICT DO NOTHING;

INSERT INTO members_member (id, cmp_number, surnames, given_names, document_type, document_number, registered_date,
                            status, regional_council_id)
    SELECT n, 10000 + n,
           (ARRAY['Quispe','Flores','Sánchez','Rojas','García'])[1 + n %% 5] || ' ' || upper(md5(n::text)),
           'Ana ' || n, '1', (40000000 + n)::text, '2010-03-15', 'active', 1 + n %% 27
    FROM generate_series(1, %(members)s) AS n;

INSERT INTO members_user (id, password, email, name, is_staff, is_active, is_superuser, date_joined)
    SELECT n, '!', 'medico-' || n || '@example.com', 'Ana ' || n, false, true, false, now()
    FROM generate_series(1, %(members)s) AS n;

INSERT INTO dues_due (id, member_id, kind, period, amount, due_date, basis)
    SELECT n, 1 + n %% %(members)s, CASE WHEN n %% 4 = 0 THEN 'semefa' ELSE 'colegiado' END,
           make_date(2015, 1, 1) + make_interval(months => (n / %(members)s)::int), 30 + n %% 7, '2020-01-31', 'Acuerdo'
    FROM generate_series(1, %(attempts)s) AS n;

INSERT INTO payments_order (id, ref, user_id, member_id, kind, document, email, buyer_document_type,
        buyer_document_number, buyer_name, buyer_address, total, currency, terms_version, terms_accepted_at, state,
        created_at, expires_at, paid_at)
    SELECT n, gen_random_uuid(), 1 + n %% %(members)s, 1 + n %% %(members)s,
           CASE WHEN n %% 4 = 0 THEN 'semefa' ELSE 'colegiado' END, '03',
           'medico-' || (1 + n %% %(members)s) || '@example.com',
           '1', (40000001 + n %% %(members)s)::text, 'Ana', '', 30 + n %% 7, 'PEN', 'x', at,
           CASE WHEN n %% 4 < 3 THEN 'paid' ELSE 'expired' END, at, at, CASE WHEN n %% 4 < 3 THEN at END
    FROM generate_series(1, %(attempts)s) AS n,
         LATERAL (SELECT now() - (%(attempts)s - n) * (interval '3 years' / %(attempts)s)) AS moment (at);

INSERT INTO payments_orderline (order_id, due_id, period, amount)
    SELECT n, n, '2020-01-01', 30 + n %% 7 FROM generate_series(1, %(attempts)s) AS n;

INSERT INTO payments_attempt (id, order_id, purchase_number, environment, merchant_id, amount, currency, way,
        state, created_at, settles_order, staff_reason, forms_opened, given_back, questions_asked, next_question_at,
        action_code, action_description, card, brand, authorization_code, transaction_id, signature, trace_number,
        transaction_date)
    SELECT n, n, n, 'simulator', '100000001', total, 'PEN', 'card',
           CASE WHEN state = 'paid' THEN 'approved' WHEN n %% 50000 = 3 THEN 'in_doubt' ELSE 'declined' END,
           created_at, state = 'paid', '', 1, 0, 0, CASE WHEN n %% 50000 = 3 THEN now() END, '000', 'Aprobado',
           '455170******' || lpad((n * 7919 %% 10000)::text, 4, '0'),
           (ARRAY['visa','visa','visa','mastercard','amex'])[1 + n %% 5],
           CASE WHEN state = 'paid' THEN lpad((n * 31 %% 1000000)::text, 6, '0') ELSE '' END, n::text, '', '', ''
    FROM (SELECT id AS n, total, state, created_at FROM payments_order) AS made;

INSERT INTO receipts_series (id, document, code, next_number) VALUES (900, '03', 'B900', 1) ON CONFLICT DO NOTHING;

INSERT INTO receipts_receipt (order_id, receipt_of_id, series_id, number, name, document, code, issued_at, issue_date,
                              buyer_number, buyer_name, total, currency, sample, statement)
    SELECT id, id, 900, row_number() OVER (ORDER BY id), 'B900-' || row_number() OVER (ORDER BY id), '03',
           substr(md5(id::text), 1, 22), paid_at, paid_at::date, buyer_document_number, buyer_name, total, 'PEN', true,
           '{}'
    FROM payments_order WHERE paid_at IS NOT NULL;

INSERT INTO payments_event (order_id, attempt_id, sequence, at, actor, cause, from_state, to_state, details,
                            previous_hash, hash)
    SELECT id, id, step, created_at, 'pasarela', 'paso', '', '', '{}', CASE WHEN step > 1 THEN 'h' ELSE '' END, 'h'
    FROM payments_order, generate_series(1, 7) AS step WHERE id > %(attempts)s - 100000;
"""


def fill(attempts: int) -> None:
    """All rows of a run; constraints hold, triggers are off while they are made."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in filter(str.strip, ROWS.split(";\n")):
            cursor.execute(statement, {"attempts": attempts, "members": MEMBERS})
        cursor.execute("SET session_replication_role = DEFAULT")
    _tidy()
    print(f"made in {time.monotonic() - began:.0f} s", flush=True)


def _tidy() -> None:
    """What autovacuum would have done meanwhile."""
    tables = ("attempt", "order", "orderline", "event")
    with connection.cursor() as cursor:
        for table in (*(f"payments_{name}" for name in tables), "receipts_receipt", "members_member", "members_user"):
            cursor.execute(f'VACUUM ANALYZE "{table}"')
            # Rows made with their own ids leave the sequences behind.
            ids = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f'SELECT setval({ids}, (SELECT max(id) FROM "{table}"))')
