// Names of hosts with a wildcard in front. Source: k8s.io/apimachinery pkg/util/validation.

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const wildcardPattern = new RegExp(`^\\*\\.${label}(\\.${label})*$`);
const maxLength = 253;

/** `*.example.com`: texts of what is wrong, none when valid. */
export function wildcardSubdomainErrors(host: string): string[] {
  const problems = host.length > maxLength ? [`must be no more than ${maxLength} bytes`] : [];
  // The length bounds the work of the pattern.
  if (problems.length > 0 || wildcardPattern.test(host)) return problems;
  return [
    `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.${label}(\\.${label})*')`,
  ];
}
