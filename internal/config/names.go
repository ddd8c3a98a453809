package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 255 // characters; instances have a limit of their own

// instanceName is the rule of Incus for instances: a host name that is no number.
func instanceName(name string) error {
	strange := func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	_, number := strconv.ParseUint(name, 10, 64)
	switch {
	case len(name) > 63:
		return errors.New("is longer than 63 characters")
	case strings.ContainsFunc(name, strange):
		return errors.New("has a character other than letters, digits and hyphens")
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return errors.New("begins or ends with a hyphen")
	case number == nil:
		return errors.New("is a number")
	}
	return nil
}

// The rules below are those that every version of Incus has: newer ones refuse more, but may hold what older ones made.

func projectName(name string) error { return objectName(name, "/_'\"*") }
func volumeName(name string) error  { return objectName(name, "/*") }
func poolName(name string) error    { return objectName(name, "/*?") }
func plainName(name string) error   { return objectName(name, "") }

// clusterMember is the rule for a member of a cluster, or a group of them as @GROUP.
func clusterMember(name string) error {
	if name == "@" {
		return errors.New("names no group")
	}
	return objectName(strings.TrimPrefix(name, "@"), "/@")
}

func objectName(name, forbidden string) error {
	switch at := strings.IndexAny(name, forbidden); {
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("is longer than %d characters", maxName)
	case strings.ContainsFunc(name, unprintable):
		return errors.New("has a character that can't be printed")
	case strings.TrimSpace(name) != name:
		return errors.New("begins or ends with a blank")
	case at >= 0:
		return fmt.Errorf("has the character %q, which no such name has", name[at])
	case name == "." || name == "..":
		return errors.New("is no name")
	}
	return nil
}

// globOf is a rule that takes globs, too: what a wildcard stands for fits.
func globOf(rule func(string) error) func(string) error {
	return func(name string) error { return rule(strings.NewReplacer("*", "x", "?", "x").Replace(name)) }
}

// unprintable is true for what a file that is not UTF-8 decodes to, too.
func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
