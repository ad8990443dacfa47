"""sslyze: every protocol, cipher and known weakness, against Mozilla's "intermediate" configuration. Nothing below TLS 1.2
is spoken."""

import pathlib
import warnings
from urllib.parse import urlsplit

import sslyze
from device import AUTHORITY, URL
from sslyze.mozilla_tls_profile.tls_config_checker import (
    SCAN_COMMANDS_NEEDED_BY_MOZILLA_CHECKER,
    MozillaTlsConfiguration,
    ServerNotCompliantWithTlsConfiguration,
    TlsConfigurationEnum,
    check_server_against_tls_configuration,
)

# Of authorities that browsers bring along: a year at most. The device's own is installed by hand.
OURS = {"maximum_certificate_lifespan"}

# Of the authorities that it brings along, some of which are odd.
warnings.filterwarnings("ignore", module="sslyze")
where = urlsplit(URL)
commands = SCAN_COMMANDS_NEEDED_BY_MOZILLA_CHECKER | {sslyze.ScanCommand.TLS_1_3_EARLY_DATA}
trust = sslyze.CertificateInfoExtraArgument(custom_ca_file=pathlib.Path(AUTHORITY))
scanner = sslyze.Scanner()
scanner.queue_scans(
    [
        sslyze.ServerScanRequest(
            server_location=sslyze.ServerNetworkLocation(where.hostname, where.port),
            scan_commands=commands,
            scan_commands_extra_arguments=sslyze.ScanCommandsExtraArguments(certificate_info=trust),
        )
    ]
)
result = next(scanner.get_results())
faults = {}
try:
    check_server_against_tls_configuration(result, MozillaTlsConfiguration.get(TlsConfigurationEnum.MOZILLA_INTERMEDIATE))
except ServerNotCompliantWithTlsConfiguration as error:
    faults = {what: text for what, text in error.issues.items() if what not in OURS}

found = result.scan_result
spoken = []
for name in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3"):
    suites = getattr(found, f"{name}_cipher_suites").result
    spoken += [f"{suites.tls_version_used.name} {accepted.cipher_suite.name}" for accepted in suites.accepted_cipher_suites]
old = [suite for suite in spoken if not suite.startswith(("TLS_1_2", "TLS_1_3"))]
if old or not spoken:
    faults["protocols"] = f"speaks {old or 'nothing'}"
if not all(accepted.ephemeral_key for accepted in found.tls_1_2_cipher_suites.result.accepted_cipher_suites):
    faults["forward_secrecy"] = "a cipher of TLS 1.2 has none"
if found.tls_1_3_early_data.result.supports_early_data:
    faults["early_data"] = "requests in TLS 1.3's first flight can be replayed"

print("sslyze: " + ", ".join(spoken))
if faults:
    raise SystemExit("sslyze found:\n" + "\n".join(f"  {what}: {text}" for what, text in faults.items()))
print(f"sslyze: nothing wrong ({len(commands)} scans)")
