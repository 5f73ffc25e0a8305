mkdir berlin hamburg
trustc init berlin/trust.yaml
sed 's/name: quickstart/name: hamburg/' berlin/trust.yaml > hamburg/trust.yaml
trustc check berlin hamburg
