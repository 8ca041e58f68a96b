#!/bin/sh
# Runs after the files are gone. Data, log and user stay until dpkg purges; rpm has no purge.
set -e
if [ "$1" = purge ]; then
	rm -rf /var/lib/sessd /var/log/sessd
	rmdir /etc/sessd 2>/dev/null || true
	if getent passwd sessd >/dev/null; then userdel sessd; fi
	if getent group sessd >/dev/null; then groupdel sessd; fi
fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
