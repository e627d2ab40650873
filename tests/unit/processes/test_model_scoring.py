"""Where a server may run models without a boundary."""

import pytest

from heldout_server.processes.installation import InstallationError
from heldout_server.processes.model_scoring import check_accepted_risk


class TestAcceptedRisk:
    def test_is_accepted_where_nobody_else_reaches_a_linux_server(self) -> None:
        check_accepted_risk("127.0.0.1", "linux")

    @pytest.mark.parametrize(
        ("host", "platform", "needed"),
        [("0.0.0.0", "linux", "HELDOUT_HOST=127.0.0.1"), ("127.0.0.1", "darwin", "Docker or WSL")],  # noqa: S104 the risk
    )
    def test_elsewhere_the_server_says_what_it_needs(
        self, host: str, platform: str, needed: str
    ) -> None:
        with pytest.raises(InstallationError, match=needed):
            check_accepted_risk(host, platform)
