#!/bin/sh
# Runs after the files are there: makes the user and the folder for data. It starts nothing.
set -e
if ! getent passwd sessd >/dev/null; then
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers /usr/lib/sysusers.d/sessd.conf
	else
		useradd --system --user-group --home-dir /var/lib/sessd --no-create-home --shell /usr/sbin/nologin sessd
	fi
fi
install -d -o sessd -g sessd -m 0700 /var/lib/sessd
install -d -o sessd -g sessd -m 0750 /var/log/sessd
chown root:sessd /etc/sessd /etc/sessd/sessd.conf
chmod 0750 /etc/sessd
chmod 0640 /etc/sessd/sessd.conf
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	systemctl try-restart sessd.service || true
fi
