"""What is said to people: texts without mistakes and approved, and help lines that somebody dialled lately."""

from __future__ import annotations

from datetime import datetime

from bot.content_folder import check_folder
from bot.core.content.launch import missing_for_launch
from bot.core.content.report import Level
from bot.core.safety.helplines import verify_helplines
from bot.doctor.report import Line, notice, ok, wrong
from bot.settings import Settings


def look_at_content(settings: Settings) -> list[Line]:
    subject = "Inhoud"
    library, findings = check_folder(settings.content_dir)
    wrongs = [finding for finding in findings if finding.level is Level.ERROR]
    if library is None:
        return [wrong(subject, f"{len(wrongs)} fouten in {settings.content_dir}; de eerste: {wrongs[0]}")]
    lines = [ok(subject, f"{len(library.practices)} praktijken in {settings.content_dir}, zonder fouten.")]
    for slug in settings.practices:
        if slug not in library.practices:
            lines.append(wrong(subject, f"de praktijk '{slug}' van de instellingen staat niet in de inhoud."))
        elif settings.reaches_a_real_platform and (missing := missing_for_launch(library.practices[slug])):
            lines.append(wrong(subject, f"practices/{slug}/practice.yaml mist nog {'; '.join(missing)}."))
    closed = [slug for slug, practice in library.practices.items() if missing_for_launch(practice)]
    if settings.is_public and closed:
        lines.append(
            notice(
                subject,
                f"de webchat is dicht voor nieuwe mensen bij {', '.join(sorted(closed))}: in practice.yaml mist nog "
                "approved, of een link bij een aanbod. Is het geen praktijk van jou, haal de map dan weg.",
            )
        )
    return lines


def look_at_helplines() -> list[Line]:
    subject = "Hulplijnen"
    findings = verify_helplines(datetime.now().astimezone().date())
    if not findings:
        return [
            ok(subject, "alle nummers zijn minder dan 90 dagen geleden nagekeken. Bel ze zelf na voordat je live gaat.")
        ]
    return [
        (wrong if finding.level is Level.ERROR else notice)(subject, f"{finding.problem} {finding.remedy}")
        for finding in findings
    ]
