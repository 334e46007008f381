"""The one list of modules, from the bottom of the kernel's ladder to the products."""

from besedka.core.module import Manifest
from besedka.kernel.accounts import module as accounts
from besedka.kernel.answers import module as answers
from besedka.kernel.audit import module as audit
from besedka.kernel.conversations import module as conversations
from besedka.kernel.files import module as files
from besedka.kernel.hours import module as hours
from besedka.kernel.jobs import module as jobs
from besedka.kernel.knowledge import module as knowledge
from besedka.kernel.ledger import module as ledger
from besedka.kernel.llm import module as llm
from besedka.kernel.mail import module as mail
from besedka.kernel.promises import module as promises
from besedka.kernel.realtime import module as realtime
from besedka.products.account import module as account
from besedka.products.analytics import module as analytics
from besedka.products.assistants import module as assistants
from besedka.products.chat import module as chat
from besedka.products.copilot import module as copilot
from besedka.products.demo import module as demo
from besedka.products.desk import module as desk
from besedka.products.digest import module as digest
from besedka.products.hiring import module as hiring
from besedka.products.inbox import module as inbox
from besedka.products.models import module as models
from besedka.products.openai import module as openai
from besedka.products.operations import module as operations
from besedka.products.profile import module as profile
from besedka.products.service_levels import module as service_levels
from besedka.products.training import module as training
from besedka.products.wallet import module as wallet
from besedka.products.webhooks import module as webhooks
from besedka.products.widget import module as widget

MODULES: tuple[Manifest, ...] = (
    jobs.MANIFEST,
    audit.MANIFEST,
    mail.MANIFEST,
    accounts.MANIFEST,
    files.MANIFEST,
    hours.MANIFEST,
    ledger.MANIFEST,
    realtime.MANIFEST,
    llm.MANIFEST,
    knowledge.MANIFEST,
    conversations.MANIFEST,
    promises.MANIFEST,
    answers.MANIFEST,
    account.MANIFEST,
    service_levels.MANIFEST,
    inbox.MANIFEST,
    chat.MANIFEST,
    copilot.MANIFEST,
    assistants.MANIFEST,
    analytics.MANIFEST,
    training.MANIFEST,
    widget.MANIFEST,
    models.MANIFEST,
    openai.MANIFEST,
    webhooks.MANIFEST,
    digest.MANIFEST,
    profile.MANIFEST,
    operations.MANIFEST,
    desk.MANIFEST,
    hiring.MANIFEST,
    demo.MANIFEST,
    wallet.MANIFEST,
)
