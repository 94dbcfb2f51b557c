// Says of Kubernetes objects what the API server would say of them: unknown and repeated fields,
// wrong values, and how far their pods go beyond the "restricted" Pod Security Standard. It is the
// API server's own code, without a cluster. Of ServiceMonitors, whose rules are the operator's, it
// checks the fields.
//
// Reads JSON objects, one a line, and answers each with a line: a list of what is wrong.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	"k8s.io/pod-security-admission/policy"
	strictjson "sigs.k8s.io/json"
)

func main() {
	standard, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(err)
	}
	decoder := jsonserializer.NewSerializerWithOptions(
		jsonserializer.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme,
		jsonserializer.SerializerOptions{Strict: true},
	)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := answers.Encode(faultsOf(lines.Bytes(), decoder, standard)); err != nil {
			panic(err)
		}
	}
	if lines.Err() != nil {
		panic(lines.Err())
	}
}

func faultsOf(line []byte, decoder runtime.Decoder, standard policy.Evaluator) []string {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(line, &kind); err != nil {
		return []string{err.Error()}
	}
	if kind.APIVersion == "monitoring.coreos.com/v1" && kind.Kind == "ServiceMonitor" {
		return unknownFields(line, &monitoring.ServiceMonitor{})
	}
	object, _, err := decoder.Decode(line, nil, nil)
	if err != nil {
		return []string{err.Error()}
	}
	legacyscheme.Scheme.Default(object)
	faults := beyondRestricted(object, standard)
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		return append(faults, err.Error())
	}
	wrong, err := validate(internal)
	if err != nil {
		return append(faults, fmt.Sprintf("%s %s: %v", kind.APIVersion, kind.Kind, err))
	}
	for _, fault := range wrong {
		faults = append(faults, fault.Error())
	}
	return faults
}

func unknownFields(line []byte, into any) []string {
	strict, err := strictjson.UnmarshalStrict(line, into)
	faults := []string{}
	for _, fault := range append(strict, err) {
		if fault != nil {
			faults = append(faults, fault.Error())
		}
	}
	return faults
}
