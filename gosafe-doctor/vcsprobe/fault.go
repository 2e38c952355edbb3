package vcsprobe

import "strings"

// A Fault names why a repository did not answer.
type Fault string

const (
	OK                 Fault = ""
	GitMissing         Fault = "vcs-git-missing"
	SSHMissing         Fault = "vcs-ssh-missing"
	NoCredentials      Fault = "vcs-no-credentials"
	NeedsAskpass       Fault = "vcs-askpass"
	RefusedCredentials Fault = "vcs-refused-credentials"
	NoKey              Fault = "vcs-no-key"
	BadKey             Fault = "vcs-bad-key"
	LockedKey          Fault = "vcs-locked-key"
	RefusedKey         Fault = "vcs-refused-key"
	NoAccess           Fault = "vcs-no-access"
	UnknownHostKey     Fault = "vcs-unknown-host-key"
	ChangedHostKey     Fault = "vcs-changed-host-key"
	NeedsSSO           Fault = "vcs-needs-sso"
	RootRefused        Fault = "vcs-root-refused"
	NoRepository       Fault = "vcs-no-repository"
	Untrusted          Fault = "vcs-untrusted"
	RateLimited        Fault = "vcs-rate-limited"
	Network            Fault = "vcs-network"
	Silent             Fault = "vcs-silent"
	Settings           Fault = "vcs-settings"
	Other              Fault = "vcs-other"
)

// A faultInfo is what is said of a fault. HOST stands for the host, URL for the
// URL, RULE for what makes git go there by ssh.
type faultInfo struct {
	fault    Fault
	sentence string
	remedy   string
}

// faults is the table of faults, one row each, in the order of the constants.
var faults = []faultInfo{
	{GitMissing, "git, or the part of it that speaks to HOST, is not installed.",
		"install git: apt-get install git, apk add git, brew install git, winget install Git.Git"},
	{SSHMissing, "ssh is not installed, and URL needs it.",
		"install it: apt-get install openssh-client, apk add openssh-client; or have git use https"},
	{NoCredentials, "HOST wants credentials, and git has none for it: the repository is private, or there is none.",
		"add a line for the host to ~/.netrc (machine HOST login NAME password TOKEN, mode 0600), log in with a credential helper (gh auth login, glab auth login, git-credential-manager), or use ssh: RULE"},
	{NeedsAskpass, "HOST wants credentials, and git would ask a program for them (GIT_ASKPASS, core.askPass or SSH_ASKPASS), which is not run here: it may ask somebody.",
		"see whether that is enough for it: git ls-remote URL; else add a line for the host to ~/.netrc, or log in with a credential helper"},
	{RefusedCredentials, "HOST refuses the credentials that git has for it: they are wrong or expired, or not for this repository.",
		"make a new token that may read the repository, and replace the old one in ~/.netrc or in the credential helper (git credential reject forgets it)"},
	{NoKey, "HOST wants an ssh key, and ssh has none to offer.",
		"add a key to the agent (ssh-add), or make one (ssh-keygen -t ed25519) and register its public half with the host; in a container or under sudo, HOME and SSH_AUTH_SOCK are another's"},
	{BadKey, "ssh cannot use the key file that it has for HOST.",
		"make the file readable for you alone (chmod 600 FILE), and see whether it is a private key that this ssh knows: ssh-keygen -y -f FILE"},
	{LockedKey, "HOST would take the ssh key, but the key needs a passphrase and no agent holds it.",
		"start an agent and add the key: eval \"$(ssh-agent)\"; ssh-add"},
	{RefusedKey, "HOST refuses every ssh key that is offered to it.",
		"register the public key with your account at the host; ssh -v git@HOST shows which keys are offered, IdentityFile in ~/.ssh/config chooses another"},
	{NoAccess, "HOST knows the ssh key, but its account may not read the repository.",
		"ask the owner of the repository for access, or offer the key of another account (IdentityFile and IdentitiesOnly in ~/.ssh/config)"},
	{UnknownHostKey, "ssh does not know the host key of HOST.",
		"compare the fingerprint with the one that the host's owner publishes, then accept it once: ssh -T git@HOST"},
	{ChangedHostKey, "The host key of HOST is not the one that ssh knows: the host has a new key, or somebody is in between.",
		"ask the host's owner whether the key was changed, and compare its fingerprint; only then forget the old one: ssh-keygen -R HOST"},
	{NeedsSSO, "HOST wants the token or key to be authorised for single sign-on (SSO) of the organisation.",
		"authorise it in the host's settings (GitHub: Settings, Developer settings or SSH keys, Configure SSO)"},
	{RootRefused, "The page of HOST names a repository from which go does not fetch.",
		"the owner of that page has to name the repository by a URL (https or ssh) in its go-import line; go does not fetch from a directory of a page's choice"},
	{NoRepository, "There is no repository URL, or it is not shown to you.",
		"check the spelling of the path; if it is private, check that the account you use may read it"},
	{Untrusted, "git does not trust the certificate of HOST.",
		"gosafe doctor network tells what is wrong with it; git has a list of authorities of its own: git config --global http.sslCAInfo FILE"},
	{RateLimited, "HOST says that it is asked too often.",
		"wait, or authenticate"},
	{Network, "HOST cannot be reached.",
		"gosafe doctor network tells what is in the way"},
	{Silent, "git has no answer from HOST in time: the host is silent, or a credential helper or ssh waits for somebody.",
		"gosafe doctor network tells whether the host answers; git ls-remote URL in a terminal shows what is waited for"},
	{Settings, "git's settings keep it from reaching URL.",
		"git config --show-origin --get-regexp 'url|protocol|ssh|http' shows them, and where they stand"},
	{Other, "git could not read URL.",
		"run it by hand: git ls-remote URL"},
}

// explain fills in the sentence and the remedy.
func (r *Report) explain() {
	for i := range faults {
		if faults[i].fault == r.Fault {
			words := strings.NewReplacer("HOST", orElse(hostOnly(r.Host), "the host"), "URL", orElse(r.URL, r.Module), "RULE", r.sshRule())
			r.Sentence, r.Remedy = words.Replace(faults[i].sentence), words.Replace(faults[i].remedy)
		}
	}
}

// sshRule is the command by which git goes by ssh where it was asked for
// another URL. A rule that leads to that URL already has to be changed: git
// applies one rule only.
func (r *Report) sshRule() string {
	to := "ssh://git@" + hostOnly(r.Host) + "/"
	if r.Rewritten != "" {
		return "have the rule of git's (" + r.Rewritten + ") lead to " + to
	}
	scheme, host := split(r.Asked)
	return "git config --global url.\"" + to + "\".insteadOf " + scheme + "://" + host + "/"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
