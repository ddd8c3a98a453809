package config

import (
	"errors"
	"maps"
	"slices"

	"iab/internal/plan"
	"iab/internal/retention"
)

// Policies are the retention policies of one side. A policy that keeps everything counts as not set.
type Policies struct {
	Default  retention.Policy
	Projects map[string]ProjectPolicies
}

// ProjectPolicies are the policies of one project.
type ProjectPolicies struct {
	Default retention.Policy
	Kinds   map[plan.Kind]KindPolicies
}

// KindPolicies are the policies of one kind of objects.
type KindPolicies struct {
	Default retention.Policy
	ByName  map[string]retention.Policy
}

// For returns the policy of an object, the most specific one that is set. Where none is set, everything is kept.
func (p Policies) For(ref plan.Ref) retention.Policy {
	project := p.Projects[ref.Project]
	kind := project.Kinds[ref.Kind]
	for _, policy := range []retention.Policy{kind.ByName[ref.Name], kind.Default, project.Default, p.Default} {
		if !policy.KeepsAll() {
			return policy
		}
	}
	return retention.Policy{}
}

// retention reads the policies of both sides.
func (r *reading) retention(f filePolicySides) plan.Sides[Policies] {
	return plan.Sides[Policies]{
		Source: r.hostPolicies("retention.hosts.source", f.Source),
		Target: r.hostPolicies("retention.hosts.target", f.Target),
	}
}

func (r *reading) hostPolicies(path string, f fileHostPolicies) Policies {
	p := Policies{Default: r.policy(member(path, "default"), f.Default), Projects: map[string]ProjectPolicies{}}
	for _, name := range slices.Sorted(maps.Keys(f.Projects)) {
		place := member(member(path, "projects"), name)
		project := f.Projects[name]
		p.Projects[name] = ProjectPolicies{
			Default: r.policy(member(place, "default"), project.Default),
			Kinds: map[plan.Kind]KindPolicies{
				plan.Instance: r.kindPolicies(member(place, "instances"), project.Instances),
				plan.Volume:   r.kindPolicies(member(place, "volumes"), project.Volumes),
			},
		}
	}
	return p
}

func (r *reading) kindPolicies(path string, f fileKindPolicies) KindPolicies {
	p := KindPolicies{Default: r.policy(member(path, "default"), f.Default), ByName: map[string]retention.Policy{}}
	for name, text := range f.ByName {
		p.ByName[name] = r.policy(member(member(path, "byName"), name), text)
	}
	return p
}

func (r *reading) policy(path string, text policyText) retention.Policy {
	policy, err := retention.Parse(string(text))
	var parse *retention.ParseError
	if errors.As(err, &parse) {
		r.problems.add(path, parse.Hint, "%s", err)
	}
	return policy
}
