mkdir site
cat > site/kustomization.yaml <<'END'
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [issuer.yaml, ca.yaml]
namePrefix: berlin-
END
cat > site/issuer.yaml <<'END'
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: corp-root}
spec: {selfSigned: {}}
END
cat > site/ca.yaml <<'END'
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: corp-ca, namespace: cert-manager}
spec:
  isCA: true
  secretName: corp-ca
  commonName: Corp CA
  usages: [cert sign]
  privateKey: {rotationPolicy: Never}
  issuerRef: {group: cert-manager.io, kind: ClusterIssuer, name: corp-root}
END
trustc check site
