package main

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// Where the pods of an object would be refused in a namespace that is "restricted".
func beyondRestricted(object runtime.Object, standard policy.Evaluator) []string {
	faults := []string{}
	template := templateOf(object)
	if template == nil {
		return faults
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, result := range standard.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			faults = append(faults, result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	return faults
}

// The pods that an object starts; nil if it starts none.
func templateOf(object runtime.Object) *corev1.PodTemplateSpec {
	switch it := object.(type) {
	case *appsv1.Deployment:
		return &it.Spec.Template
	case *appsv1.StatefulSet:
		return &it.Spec.Template
	case *batchv1.Job:
		return &it.Spec.Template
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: it.ObjectMeta, Spec: it.Spec}
	}
	return nil
}
