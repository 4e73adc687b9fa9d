"""Kill the database's primary, a web host and a worker while members pay: `script/bench failover`.

`cluster` starts three etcd, three PostgreSQL under Patroni with synchronous replication, a proxy, two web hosts and two
workers; `probe` measures how long nobody could write or read; `run` conducts. The members and the verdict are those of
bench/chaos: the gateway's books against the portal's tables.
"""
