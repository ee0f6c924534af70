# Each node has an authority of its own: it encrypts, and proves nothing. No two nodes can trust each other by it.
if ! openssl x509 -in /etc/kimberlite/tls/server.crt -noout -checkend 2592000 2> /dev/null; then
    (
        umask 027
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=@ADDRESS@" \
            -addext "subjectAltName=IP:@ADDRESS@" \
            -keyout /etc/kimberlite/tls/server.key -out /etc/kimberlite/tls/server.crt
    )
    chmod 644 /etc/kimberlite/tls/server.crt
    cp /etc/kimberlite/tls/server.crt /etc/kimberlite/tls/ca.crt
fi
chgrp kimberlite /etc/kimberlite/tls/*
chmod 640 /etc/kimberlite/tls/server.key
