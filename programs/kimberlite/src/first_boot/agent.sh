
# Metrics last: a node without them is still a node.
step=metrics
mkdir -p /opt/aws/amazon-cloudwatch-agent/etc
cat > /opt/aws/amazon-cloudwatch-agent/etc/prometheus.yml <<'KIMBERLITE_PROMETHEUS'
global:
  scrape_interval: 1m
scrape_configs:
  - job_name: kimberlite
    static_configs:
      - targets: ["@ADDRESS@:9090"]
        labels:
          node_id: "@NODE@"
          cluster: "@CLUSTER@"
KIMBERLITE_PROMETHEUS
cat > /opt/aws/amazon-cloudwatch-agent/etc/config.json <<'KIMBERLITE_AGENT'
@AGENT_CONFIG@
KIMBERLITE_AGENT
agent=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
if [ ! -x "$agent" ]; then
    package="$(mktemp -d)/amazon-cloudwatch-agent.deb"
    bucket="https://amazoncloudwatch-agent-@REGION@.s3.@REGION@.amazonaws.com"
    chmod 755 "${package%/*}"
    curl --fail --silent --show-error --location --connect-timeout 10 --retry 5 --output "$package" \
        "$bucket/ubuntu/$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb" &&
        apt install --yes "$package" ||
        echo "kimberlite: the CloudWatch agent could not be installed; this node sends no metrics"
fi
if [ -x "$agent" ]; then
    "$agent" -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/config.json ||
        echo "kimberlite: the CloudWatch agent did not start; this node sends no metrics"
fi
