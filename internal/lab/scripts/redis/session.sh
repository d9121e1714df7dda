# Lines from stdin to a server ($1) and its answers to stdout, over one connection; ends when the connection does. Unlike
# redis-cli it never connects again by itself.
timeout 10 bash -c ': <>"/dev/tcp/$1/6379"' bash "$1" || exit 1
exec 3<>"/dev/tcp/$1/6379" 4<&0 || exit 1
if [ -n "$PASSWORD" ]; then
  printf 'AUTH %s\r\n' "$PASSWORD" >&3
  read -r reply <&3
  case $reply in +OK*) ;; *) echo "$reply"; exit 1 ;; esac
fi
cat <&4 >&3 &
cat <&3
kill $! 2>/dev/null
