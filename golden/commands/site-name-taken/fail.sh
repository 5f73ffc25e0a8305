mkdir berlin hamburg
trustc init berlin/trust.yaml
cat berlin/trust.yaml > hamburg/trust.yaml
trustc check berlin hamburg
