#!/bin/sh
# A legacy exec plugin of kustomize: the only road for kubectl, which skips functions without a word.
#   mkdir -p plugin/trustc.dev/v1alpha1/trustconfig
#   trustc explain kustomize-plugin > plugin/trustc.dev/v1alpha1/trustconfig/TrustConfig
#   chmod +x plugin/trustc.dev/v1alpha1/trustconfig/TrustConfig
#   KUSTOMIZE_PLUGIN_HOME=$PWD/plugin kubectl kustomize --enable-alpha-plugins
# The configuration is named under `generators:`, without the annotation config.kubernetes.io/function.
exec trustc render - <"$1"
