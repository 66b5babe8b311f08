# What is particular to your account. Digests of the log's server and of gVisor come from their releases' own lists.
region       = "eu-central-1"
client_cidrs = ["0.0.0.0/0"]

dns = {
  zone_name = "example.org"
  api_name  = "cloche-staging.example.org"
}
