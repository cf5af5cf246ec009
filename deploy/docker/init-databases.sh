#!/bin/sh
# Runs once in a fresh PostgreSQL volume of deploy/compose.yaml: two databases per service and two
# roles, one that owns the tables (migrations) and one that may only read and write rows.
set -eu
for service in consent subject_registry request_workflow retention; do
  psql -v ON_ERROR_STOP=1 -v password="$VARSAM_DB_PASSWORD" -U "$POSTGRES_USER" -d postgres <<SQL
CREATE ROLE varsam_${service}_owner LOGIN PASSWORD :'password';
CREATE ROLE varsam_${service} LOGIN PASSWORD :'password';
CREATE DATABASE varsam_${service} OWNER varsam_${service}_owner TEMPLATE template0;
CREATE DATABASE varsam_${service}_keys OWNER varsam_${service}_owner TEMPLATE template0;
REVOKE CONNECT ON DATABASE varsam_${service}, varsam_${service}_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE varsam_${service}, varsam_${service}_keys TO varsam_${service};
SQL
done
