package config

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strings"
)

// DefaultCredDir is where credentials lie unless the config or a flag says otherwise.
const DefaultCredDir = "~/.config/incusAutobackup"

// ExpandDir returns a directory with ~ replaced by the home directory; "" is DefaultCredDir. Other relative paths stay
// relative to the working directory. The error says what is wrong with the text, as a cause without verb and object.
func ExpandDir(dir string) (string, error) {
	if dir == "" {
		dir = DefaultCredDir
	}
	first, rest, _ := strings.Cut(dir, "/")
	switch {
	case strings.ContainsFunc(dir, unprintable):
		return "", errors.New("it has a character that can't be printed")
	case strings.TrimSpace(dir) == "":
		return "", errors.New("it is blank")
	case first == "~":
		home, err := homeDir()
		return filepath.Join(home, rest), err
	case strings.HasPrefix(first, "~"):
		return "", errors.New("only ~ itself is expanded, not the home of another user")
	}
	return dir, nil
}

// homeDir is $HOME, or where that is not set, as in a unit of systemd without User=, what the system knows.
func homeDir() (string, error) {
	if home, err := os.UserHomeDir(); err == nil {
		return home, nil
	}
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		return u.HomeDir, nil
	}
	return "", errors.New("~ can't be expanded, as HOME is not set")
}
