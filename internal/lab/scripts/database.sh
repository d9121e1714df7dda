# Creates the app's role and database. $1: user, $2: password, $3: database
set -eu
setpriv --reuid postgres --regid postgres --init-groups psql -X -q -v ON_ERROR_STOP=1 \
  -v "user=$1" -v "password=$2" -v "database=$3" <<'SQL'
SET password_encryption = 'scram-sha-256';
CREATE ROLE :"user" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"user";
SQL
