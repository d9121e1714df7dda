set -eu
export DEBIAN_FRONTEND=noninteractive
# A server that has just booted may be at its own updates.
apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 update >&2
