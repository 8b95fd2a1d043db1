/* Passkeys: gives the server's options to the browser, and the browser's answer to the form.
   The work is allauth's (mfa/js/webauthn.js); here only what this desk shows around it. */
(function () {
  'use strict'
  const form = document.querySelector('form[data-passkey]')
  const button = document.getElementById('passkey')
  if (!form || !button || !window.PublicKeyCredential || !window.isSecureContext) return
  document.getElementById('passkey-missing').hidden = true
  button.hidden = false
  const error = document.getElementById('passkey-error')
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    error.hidden = false
  })
  button.addEventListener('click', function () { error.hidden = true })
  window.allauth.webauthn.forms[form.dataset.passkey]({
    ids: {
      add: 'passkey',
      authenticate: 'passkey',
      credential: 'credential',
      data: 'passkey-options',
      passwordless: 'passwordless'
    }
  })
})()
