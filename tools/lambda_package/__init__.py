"""`./mb lambda-package`: one archive for all functions of AWS Lambda."""
