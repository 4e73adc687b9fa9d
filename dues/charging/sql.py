"""The queries by which `dues/charging/monthly.py` charges one month to everybody, in the order in which they run.

All take the parameters of `monthly._parameters`. They compute in SQL what `dues/charging/schedule.py` does in Python;
tests/dues/test_charging_everybody.py compares both.
"""

TABLES = ("suspect", "wanted", "wanted_line", "belonging")

# schedule._belongs, schedule._succeeded, schedule.semefa and schedule.colegiado for everybody; the month's index and a
# birth's are compared as schedule.age_in does.
WANTED = (
    """
    CREATE TEMPORARY TABLE belonging ON COMMIT DROP AS
    SELECT id AS member_id, registered_date FROM members_member AS member
    WHERE CASE WHEN left_date IS NULL THEN status = 'active' ELSE left_date >= %(period)s END
      AND NOT EXISTS (
          SELECT FROM members_absence AS absence
          WHERE absence.member_id = member.id AND absence.left_on < %(period)s
            AND absence.returned_on >= %(period)s)
    """,
    """
    CREATE TEMPORARY TABLE wanted_line ON COMMIT DROP AS
    WITH band AS (
        SELECT from_age, amount, lead(from_age, 1, 32767) OVER (ORDER BY from_age) AS next_age
        FROM dues_tariffband WHERE tariff_id = %(semefa_tariff)s
    ), covered AS (
        SELECT *, GREATEST(0, ((extract(year FROM %(period)s::date)::int - extract(year FROM birth_date)::int) * 12
                               + extract(month FROM %(period)s::date)::int
                               - extract(month FROM birth_date)::int - 1) / 12) AS age
        FROM dues_coveredperson
        WHERE first_period <= %(period)s AND (last_period IS NULL OR last_period >= %(period)s)
    )
    SELECT covered.member_id, covered.id AS person_id, covered.name, covered.relationship, covered.age,
           band.from_age, band.amount
    FROM covered
    JOIN covered AS holder ON holder.member_id = covered.member_id AND holder.relationship = 'holder'
    JOIN (SELECT member_id FROM belonging
          UNION SELECT member_id FROM members_succession
          WHERE first_period <= %(period)s
            AND (ended_at IS NULL OR (ended_at AT TIME ZONE 'America/Lima')::date >= %(period)s)) AS paying
      ON paying.member_id = covered.member_id
    JOIN band ON covered.age >= band.from_age AND covered.age < band.next_age
    WHERE covered.age <= CASE covered.relationship WHEN 'child' THEN %(oldest_child)s
                                                   WHEN 'grandchild' THEN %(oldest_grandchild)s ELSE 32767 END
    """,
    "CREATE INDEX ON wanted_line (member_id)",
    """
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT belonging.member_id, 'colegiado' AS kind, price.amount, price.tariff_id, %(colegiado_basis)s AS basis
    FROM belonging
    CROSS JOIN (SELECT tariff_id, amount FROM dues_tariffband
                WHERE tariff_id = %(colegiado_tariff)s AND from_age = 0) AS price
    WHERE registered_date < %(registered_before)s
    UNION ALL
    SELECT member_id, 'semefa', sum(amount), %(semefa_tariff)s::bigint, %(semefa_basis)s
    FROM wanted_line GROUP BY member_id
    """,
    "ANALYZE belonging, wanted, wanted_line",
)

# Dues of the month that charging made and that now differ. They are locked first and judged by the next statement,
# which sees what orders and imports committed while this one waited for them.
SUSPECTS = (
    """
    CREATE TEMPORARY TABLE suspect ON COMMIT DROP AS
    SELECT due.id, due.member_id, due.kind, wanted.member_id IS NULL AS unwanted, false AS open,
           due.amount, wanted.amount AS new_amount, wanted.tariff_id, wanted.basis
    FROM (SELECT id AS member_id FROM members_member) AS member
    CROSS JOIN (VALUES ('colegiado'), ('semefa')) AS kinds (kind)
    JOIN dues_due AS due ON due.member_id = member.member_id AND due.kind = kinds.kind AND due.period = %(period)s
    LEFT JOIN wanted ON wanted.member_id = due.member_id AND wanted.kind = due.kind
    WHERE due.tariff_id IS NOT NULL AND due.exemption_id IS NULL AND (
        wanted.member_id IS NULL
        OR due.amount <> wanted.amount OR due.tariff_id <> wanted.tariff_id
        OR due.kind = 'semefa' AND EXISTS (
            -- Prices are positive: when the sums agree and each wanted line is there, no other can be.
            SELECT FROM wanted_line AS line WHERE line.member_id = due.member_id AND NOT EXISTS (
                SELECT FROM dues_dueline AS known WHERE known.due_id = due.id AND known.replaced_by_id IS NULL
                  AND known.person_id = line.person_id AND known.amount = line.amount)))
    """,
    "SELECT count(*) FROM (SELECT FROM dues_due WHERE id IN (SELECT id FROM suspect) ORDER BY id FOR UPDATE) AS locked",
    """
    UPDATE suspect SET open = true FROM dues_due AS due
    WHERE due.id = suspect.id AND due.tariff_id IS NOT NULL AND due.exemption_id IS NULL
      AND due.amount = suspect.amount
      AND NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
      AND NOT EXISTS (SELECT FROM dues_hold AS hold WHERE hold.due_id = due.id)
    """,
)

ANNUL = """
    WITH act AS (
        INSERT INTO dues_exemption (act, member_id, kind, first_period, last_period, reason, document, granted_date)
        SELECT 'annulment', member_id, kind, %(period)s, %(period)s, %(annulled)s, %(document)s, %(today)s
        FROM suspect WHERE unwanted AND open ORDER BY id
        RETURNING id, member_id, kind
    ), freed AS (
        UPDATE dues_due AS due SET exemption_id = act.id FROM act
        WHERE due.member_id = act.member_id AND due.kind = act.kind AND due.period = %(period)s
        RETURNING due.amount
    )
    SELECT count(*), sum(amount) FROM freed
"""

CORRECT = """
    WITH act AS (
        INSERT INTO dues_correction (due_id, amount_before, amount_after, basis_before, basis_after, author, reason,
                                     corrected_at)
        SELECT due.id, due.amount, suspect.new_amount, due.basis, suspect.basis, %(author)s, %(corrected)s, now()
        FROM suspect JOIN dues_due AS due ON due.id = suspect.id
        WHERE NOT unwanted AND open AND NOT %(past)s ORDER BY due.id
        RETURNING id, due_id, amount_after - amount_before AS difference
    ), replaced AS (
        UPDATE dues_dueline AS line SET replaced_by_id = act.id FROM act
        WHERE line.due_id = act.due_id AND line.replaced_by_id IS NULL
    ), priced AS (
        UPDATE dues_due AS due SET amount = suspect.new_amount, basis = suspect.basis, tariff_id = suspect.tariff_id
        FROM act JOIN suspect ON suspect.id = act.due_id WHERE due.id = act.due_id
        RETURNING due.id, due.member_id, due.kind
    ), lines AS (
        INSERT INTO dues_dueline (due_id, person_id, name, relationship, age, from_age, amount)
        SELECT priced.id, person_id, name, relationship, age, from_age, amount
        FROM priced JOIN wanted_line USING (member_id) WHERE priced.kind = 'semefa'
    )
    SELECT count(*), sum(difference) FROM act
"""

KEPT = """
    SELECT count(*), sum(amount) FROM suspect WHERE NOT open OR (NOT unwanted AND %(past)s)
"""

# Of them, those that a draft holds and nobody has paid: they are priced once it lets them go.
HELD = """
    SELECT count(*), sum(amount) FROM suspect JOIN dues_hold AS hold ON hold.due_id = suspect.id
    WHERE NOT EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = suspect.id AND s.reversed_at IS NULL)
      AND (unwanted OR NOT %(past)s)
"""

# A month that an act freed beforehand is owed, and exempt: the statement can say why it is not paid.
ADD = """
    WITH exempt AS (
        SELECT member_id, kind, min(id) AS id FROM dues_exemption
        WHERE %(period)s BETWEEN first_period AND last_period AND revoked_at IS NULL GROUP BY member_id, kind
    ), added AS (
        INSERT INTO dues_due (member_id, kind, period, amount, due_date, basis, tariff_id, exemption_id)
        SELECT wanted.member_id, wanted.kind, %(period)s, wanted.amount, %(due_date)s, wanted.basis, wanted.tariff_id,
               exempt.id
        FROM wanted LEFT JOIN exempt USING (member_id, kind) ORDER BY wanted.member_id
        ON CONFLICT (member_id, kind, period) DO NOTHING
        RETURNING id, member_id, kind, amount
    ), lines AS (
        INSERT INTO dues_dueline (due_id, person_id, name, relationship, age, from_age, amount)
        SELECT added.id, line.person_id, line.name, line.relationship, line.age, line.from_age, line.amount
        FROM added JOIN wanted_line AS line USING (member_id) WHERE added.kind = 'semefa'
    )
    SELECT kind, count(*), sum(amount) FROM added GROUP BY kind ORDER BY kind
"""

# How many statements a month takes, for whoever shows how far it is.
COUNT = len(WANTED) + len(SUSPECTS) + len((ANNUL, CORRECT, KEPT, HELD, ADD)) + len(TABLES)
