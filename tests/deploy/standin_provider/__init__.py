"""A stand-in for the AWS provider of Terraform, so that configurations can be checked without any registry.

It knows names, types and nesting of every argument, because it reads them from bindings that were generated from the
real provider (bindings.py). It plans and applies by writing down what it was told and making up what AWS would
say (values.py). It does not know which values AWS takes, which arguments exclude each other, or which changes replace a
resource: a real `terraform plan` remains to be done by whoever has the real provider.
"""
