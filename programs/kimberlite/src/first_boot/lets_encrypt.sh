packages certbot python3-certbot-dns-route53 || stop "certbot could not be installed"
# certbot's own timer renews; after each renewal this hook hands key and certificate to the database.
mkdir -p /etc/letsencrypt/renewal-hooks/deploy
cat > /etc/letsencrypt/renewal-hooks/deploy/kimberlite <<'KIMBERLITE_CERTIFICATE'
#!/bin/bash
set -euo pipefail
cd "${RENEWED_LINEAGE:-/etc/letsencrypt/live/node-@NODE@.@DOMAIN@}"
install -o root -g kimberlite -m 640 privkey.pem /etc/kimberlite/tls/server.key
install -o root -g kimberlite -m 644 fullchain.pem /etc/kimberlite/tls/server.crt
install -o root -g kimberlite -m 644 chain.pem /etc/kimberlite/tls/ca.crt
KIMBERLITE_CERTIFICATE
chmod 755 /etc/letsencrypt/renewal-hooks/deploy/kimberlite
certbot certonly --non-interactive --agree-tos @EMAIL@ --dns-route53 --keep-until-expiring \
    --cert-name node-@NODE@.@DOMAIN@ -d node-@NODE@.@DOMAIN@ ||
    stop "Let's Encrypt signed no certificate for node-@NODE@.@DOMAIN@: may this role change the zone @ZONE@?"
/etc/letsencrypt/renewal-hooks/deploy/kimberlite
systemctl enable --now certbot.timer
