export PATH="$PATH:/snap/bin"
command -v aws > /dev/null || packages awscli || snap install aws-cli --classic || stop "the aws CLI could not be installed; it asks the private authority"
cat > /usr/local/sbin/kimberlite-certificate <<'KIMBERLITE_CERTIFICATE'
#!/bin/bash
# Has ACM Private CA sign a certificate for this node, where there is none or it ends within 30 days. The key never leaves
# the node, and is exchanged together with its certificate.
set -euo pipefail
export AWS_DEFAULT_REGION=@REGION@ PATH="$PATH:/snap/bin"
authority='@AUTHORITY@'
cd /etc/kimberlite/tls
if [ -e server.crt ] && openssl x509 -in server.crt -noout -checkend 2592000; then
    exit 0
fi
umask 077
new="$(mktemp -d .new.XXXXXX)"
trap 'rm -rf "$new"' EXIT
openssl req -new -newkey rsa:2048 -nodes -subj "/CN=@ADDRESS@" -addext "subjectAltName=IP:@ADDRESS@" \
    -keyout "$new/server.key" -out "$new/server.csr"
template=arn:aws:acm-pca:::template/EndEntityCertificate/V1
arn="$(aws acm-pca issue-certificate --certificate-authority-arn "$authority" --template-arn "$template" --csr "fileb://$new/server.csr" \
    --signing-algorithm SHA256WITHRSA --validity Value=365,Type=DAYS --query CertificateArn --output text)"
aws acm-pca wait certificate-issued --certificate-authority-arn "$authority" --certificate-arn "$arn"
for part in Certificate CertificateChain; do
    aws acm-pca get-certificate --certificate-authority-arn "$authority" --certificate-arn "$arn" \
        --query "$part" --output text > "$new/$part"
done
openssl x509 -in "$new/Certificate" -noout
mv "$new/server.key" server.key
mv "$new/Certificate" server.crt
mv "$new/CertificateChain" ca.crt
chgrp kimberlite server.key server.crt ca.crt
chmod 640 server.key
chmod 644 server.crt ca.crt
KIMBERLITE_CERTIFICATE
chmod 755 /usr/local/sbin/kimberlite-certificate
printf '[Unit]\nDescription=Renew the certificate of Kimberlite\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/kimberlite-certificate\n' \
    > /etc/systemd/system/kimberlite-certificate.service
printf '[Unit]\nDescription=Renew the certificate of Kimberlite\n[Timer]\nOnCalendar=daily\nRandomizedDelaySec=6h\nPersistent=true\n[Install]\nWantedBy=timers.target\n' \
    > /etc/systemd/system/kimberlite-certificate.timer
/usr/local/sbin/kimberlite-certificate || stop "the private authority @AUTHORITY@ signed no certificate"
systemctl daemon-reload
systemctl enable --now kimberlite-certificate.timer
