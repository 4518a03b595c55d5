/**
 * The page of the windows that show a telephony service's own page. It knows no bridge and may call no command: all it has is the
 * line to the one entrance that the app keeps for it.
 */
import '../../style/fonts.css'
import '../../style/base.css'

import { mount } from 'svelte'

import WorkspaceWindow from './WorkspaceWindow.svelte'

const target = document.getElementById('app')
if (target) mount(WorkspaceWindow, { target, props: { key: location.hash.slice(1) } })
